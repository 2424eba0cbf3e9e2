// expect-error: firmware: there must be no heap
struct Base {
  virtual ~Base();
};
Base::~Base() {}
struct Derived : Base {
  int value = 1;
};
Derived object;
Base* volatile escapes = &object;  // its table of functions holds the one that deletes
int main() { return escapes == nullptr ? 1 : 0; }
