// SPDX-License-Identifier: Apache-2.0
// Keeps the first reader to itself until its standard input ends.
#include <stdio.h>
#include <winscard.h>

int main(void) {
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol, length;
    char readers[4096] = {0};

    length = sizeof readers;
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS ||
        SCardListReaders(context, NULL, readers, &length) != SCARD_S_SUCCESS ||
        SCardConnect(context, readers, SCARD_SHARE_EXCLUSIVE,
                     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol) != SCARD_S_SUCCESS) {
        return 1;
    }
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    SCardDisconnect(card, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
    return 0;
}
