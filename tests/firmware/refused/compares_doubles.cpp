// expect-error: firmware: there must be no doubles
volatile double number = 1;
int main() { return number < 2 ? 1 : 0; }
