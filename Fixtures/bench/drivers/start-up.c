// A program that does nothing but read its arguments.
int main(int count, char **arguments) { return arguments[0] ? count > 9 : 1; }
