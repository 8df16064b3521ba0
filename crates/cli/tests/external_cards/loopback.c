/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into pcscd: vpcd listens on all addresses of the machine and cannot be told not to;
 * with this it listens on the loopback interface.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int (*bind_it)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in loopback;

    if (address->sa_family != AF_INET || length != sizeof loopback)
        return bind_it(descriptor, address, length);
    loopback = *(const struct sockaddr_in *)address;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind_it(descriptor, (const struct sockaddr *)&loopback, length);
}
