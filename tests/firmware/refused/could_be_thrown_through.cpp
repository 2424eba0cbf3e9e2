// expect-error: firmware: there must be no exceptions, nor tables to unwind the stack for them
volatile int number;
[[gnu::noinline]] int called() { return number; }
int main() { return called() + called(); }
