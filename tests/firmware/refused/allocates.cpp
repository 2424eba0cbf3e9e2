// expect-error: firmware: there must be no heap
int* volatile escapes;  // or the compiler would do without the heap
int main() {
  escapes = new int{5};
  const int value = *escapes;
  delete escapes;
  return value;
}
