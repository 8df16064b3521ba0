/* SPDX-License-Identifier: Apache-2.0 */
/* simstrap for a client built on Eclipse Wakaama: objects 0 and 1 from the card.
 *
 * A card with other objects, Access Control among them: the step to write one fails, and nothing of
 * the plan is used. Either the policy leaves them out,
 * simstrap_policy_set_objects(policy, NULL, 0, SIMSTRAP_UNSUPPORTED_SKIP), or the application puts a
 * carry_out of its own before the adapter's, and writes them itself.
 *
 * Wakaama updates a registration by itself when COAP_MAX_TRANSMIT_WAIT (93 s) of its lifetime are
 * left, or half of a shorter one. Call simstrap_client_due for every server well before, with a third
 * of the lifetime gone for example: the look at the card comes first then. While an Update is put off
 * because the card cannot be read, the adapter holds back Wakaama's own. */

#ifndef SIMSTRAP_WAKAAMA_H
#define SIMSTRAP_WAKAAMA_H

#include <liblwm2m.h>

#include "simstrap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An object instance from the card; it begins as a lwm2m_list_t does. */
struct simstrap_wakaama_instance {
    struct simstrap_wakaama_instance *next;
    uint16_t id;
    uint16_t server;
    uint8_t *bytes;
    size_t length;
};

struct simstrap_wakaama {
    lwm2m_context_t *context;
    lwm2m_object_t security;
    lwm2m_object_t server;
    /* Instances of accounts that are disabled: kept, but Wakaama does not see them. */
    struct simstrap_wakaama_instance *disabled[2];
    simstrap_client *client;
    /* The operation that Wakaama is at; -1 for none. */
    int operation;
    uint16_t operation_server;
    /* Started once for every timer; the application calls simstrap_client_timer. */
    void (*start_timer)(void *user, uint32_t timer, uint32_t seconds);
    /* Is told what is worth knowing; NULL for nothing. */
    void (*notice)(void *user, const simstrap_notice *notice);
    void *user;
};

/* Puts objects 0 and 1 into Wakaama, before those of the application, among which Wakaama wants the
 * Device object. Call it in place of lwm2m_configure. Returns what that returns. */
int simstrap_wakaama_configure(struct simstrap_wakaama *adapter, lwm2m_context_t *context,
                               const char *endpoint, lwm2m_object_t **objects, uint16_t count);

/* The callbacks for a simstrap_client_config. */
void simstrap_wakaama_connect(struct simstrap_wakaama *adapter, simstrap_host *host);

/* Tells simstrap how an operation ended. Call it after every lwm2m_step. While no account is in use,
 * lwm2m_step returns COAP_503_SERVICE_UNAVAILABLE: go on calling it. */
void simstrap_wakaama_stepped(struct simstrap_wakaama *adapter);

/* Wipes and frees the instances; after lwm2m_close. */
void simstrap_wakaama_clear(struct simstrap_wakaama *adapter);

#ifdef __cplusplus
}
#endif

#endif
