// expect-success
volatile float number = 3;
int main() {
  number = number * 1.5f / 7.0f;
  return number > 1 ? 1 : 0;
}
