# Shared by all stand-in libraries (x86_64 Linux).

# write(2, message, length), then kill(getpid(), SIGABRT)
stand_in_trap:
    movl $1, %eax
    movl $2, %edi
    syscall
    movl $39, %eax
    syscall
    movl %eax, %edi
    movl $6, %esi
    movl $62, %eax
    syscall
    ud2

# The struct that curl_version_info answers: version 8.0.0, no features, no protocols.
.data
.balign 8
stand_in_version_info:
    .long 0, 0
    .quad 3f
    .long 0x080000, 0
    .quad 3f
    .long 0, 0
    .quad 3f
    .quad 0
    .quad 3f
    .quad 4f
4:  .fill 64, 8, 0
3:  .asciz "8.0.0"
.section .note.GNU-stack, "", @progbits
