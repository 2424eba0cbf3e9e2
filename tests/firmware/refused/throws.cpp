// expect-error: firmware: there must be no exceptions, nor tables to unwind the stack for them
volatile int number;
int main() {
  try {
    if (number == 0) throw 1;
  } catch (int thrown) {
    return thrown;
  }
  return 0;
}
