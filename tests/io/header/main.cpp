// A freestanding compiler may mangle the name of main.

extern "C" int first_wrong_network();

int main() { return first_wrong_network(); }
