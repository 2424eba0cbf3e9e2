// A freestanding compiler may give main another name.

extern "C" int first_wrong_network();

int main() { return first_wrong_network(); }
