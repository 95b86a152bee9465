void greet(const char *name);

int main(void)
{
    greet("make");
    return 0;
}
