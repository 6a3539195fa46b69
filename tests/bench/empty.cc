// The limit for start-up: a static program that does nothing.

int main() {}
