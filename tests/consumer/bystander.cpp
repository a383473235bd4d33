// A part of the parent project that has nothing to do with Tenon; its flags must not change.
int main() { return 0; }
