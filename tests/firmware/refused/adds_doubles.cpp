// expect-error: firmware: there must be no doubles
volatile double number = 1;
int main() {
  number = number + 2;
  return 0;
}
