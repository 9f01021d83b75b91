/* terminal PROGRAM [ARGUMENT...]: runs a program on a terminal and copies what appears there. */
#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char bytes[4096];
    ssize_t count;
    int terminal, status;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);

    if (argc < 2 || child < 0) {
        perror("terminal: cannot open a pseudoterminal");
        return 125;
    }
    if (child == 0) {
        execv(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    while ((count = read(terminal, bytes, sizeof bytes)) > 0)
        fwrite(bytes, 1, (size_t)count, stdout);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
