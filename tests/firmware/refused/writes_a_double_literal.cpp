// expect-error: firmware: there must be no doubles
volatile float number = 1;
int main() {
  number = static_cast<float>(number * 1.1);
  return 0;
}
