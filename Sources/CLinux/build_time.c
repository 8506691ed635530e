#include "CLinux.h"

#include <string.h>

// The compiler's own date; with SOURCE_DATE_EPOCH set, the one that a reproducible build states.
long long CLinux_build_time(void) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *date = __DATE__;  // "Nov 25 2026", "Nov  5 2026"
    char name[4] = {date[0], date[1], date[2], 0};
    const char *place = strstr(months, name);
    if (!place) return 0;
    int month = (int)(place - months) / 3 + 1;
    int day = (date[4] == ' ' ? 0 : date[4] - '0') * 10 + (date[5] - '0');
    int year = (date[7] - '0') * 1000 + (date[8] - '0') * 100 + (date[9] - '0') * 10 + (date[10] - '0');
    // Days since 1970-03-01 in a calendar that begins in March, so that the leap day is a year's last.
    if (month < 3) {
        month += 12;
        year -= 1;
    }
    long long days = 365LL * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469;
    // A day earlier: the date is the building machine's local one.
    return (days - 1) * 86400;
}
