#include <stdint.h>

// In a release build (Scripts/build-release) the linker puts this in the place of what Swift's library has under the same
// name without `__wrap_`: the Unicode names of all characters, 0.55 MB, which nothing here asks for. 0: it has no name.
intptr_t __wrap__swift_stdlib_getScalarName(uint32_t scalar, uint8_t *buffer, intptr_t capacity);

intptr_t __wrap__swift_stdlib_getScalarName(uint32_t scalar, uint8_t *buffer, intptr_t capacity) {
    (void)scalar, (void)buffer, (void)capacity;
    return 0;
}
