/*
 * Stands in for Wine's wineboot.exe, which sets a Windows folder up with services, fonts and
 * thousands of registry values. Console programs need none of it.
 *
 * The first program of a Wine server starts this one, and programs that start meanwhile wait
 * for the event below (for up to five minutes): so it has to be signalled.
 *
 * No header: with them zig would build a whole C library first.
 */
#include <stddef.h>
#include <stdint.h>

enum { EVENT_MODIFY_STATE = 2 };

struct unicode_string { uint16_t bytes, capacity; const wchar_t *text; };
struct object_attributes {
    uint32_t bytes;
    void *root;
    const struct unicode_string *name;
    uint32_t flags;
    void *security, *quality_of_service;
};

int32_t NtOpenEvent(void **event, uint32_t access, const struct object_attributes *attributes);
int32_t NtSetEvent(void *event, int32_t *previous_state);

static const wchar_t name[] = L"\\KernelObjects\\__wineboot_event";

int32_t start(void)
{
    const struct unicode_string path = { sizeof name - sizeof *name, sizeof name, name };
    const struct object_attributes attributes = { .bytes = sizeof attributes, .name = &path };
    void *event;
    int32_t status = NtOpenEvent(&event, EVENT_MODIFY_STATE, &attributes);

    return status ? status : NtSetEvent(event, NULL);
}
