/* SPDX-License-Identifier: Apache-2.0 */
/* Says which expectation was not met, and counts. */

#ifndef EXPECT_H
#define EXPECT_H

#include <stdio.h>

static int failures;

#define EXPECT(wanted, got) expect(wanted, got, #got, __LINE__)

static void expect(long wanted, long got, const char *what, int line)
{
    if (wanted != got) {
        fprintf(stderr, "line %d: %s is %ld, not %ld\n", line, what, got, wanted);
        failures++;
    }
}

#endif
