/* Uses what a program under test uses: arguments, input, both outputs, a file, an exit status. */
#include <stdio.h>
#include <wchar.h>

int main(int argc, char **argv)
{
    char line[80];
    FILE *file;

    for (int i = 1; i < argc; i++)
        printf("argument %d <%s>\n", i, argv[i]);
    while (fgets(line, sizeof line, stdin))
        printf("read %s", line);
#ifdef _WIN32
    file = _wfopen(L"gr\u00fc\u00df", L"wb");
#else
    file = fopen("gr\u00fc\u00df", "wb");
#endif
    if (!file || fputs("written\n", file) < 0 || fclose(file))
        return 1;
    fputs("an error\n", stderr);
    return 5;
}
