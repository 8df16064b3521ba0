/* SPDX-License-Identifier: Apache-2.0 */
/* Not Wakaama: declarations of the shape that its public API has, as far as the adapter uses it,
 * written for these tests. A client builds the adapter with Wakaama's own header. */

#ifndef SHIM_LIBLWM2M_H
#define SHIM_LIBLWM2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COAP_NO_ERROR ((uint8_t)0x00)
#define COAP_205_CONTENT ((uint8_t)0x45)
#define COAP_404_NOT_FOUND ((uint8_t)0x84)
#define COAP_500_INTERNAL_SERVER_ERROR ((uint8_t)0xA0)

typedef struct lwm2m_list_shim {
    struct lwm2m_list_shim *next;
    uint16_t id;
} lwm2m_list_t;

typedef enum { LWM2M_TYPE_UNDEFINED = 0, LWM2M_TYPE_STRING, LWM2M_TYPE_OPAQUE,
               LWM2M_TYPE_INTEGER, LWM2M_TYPE_BOOLEAN } lwm2m_data_type_t;

typedef struct {
    lwm2m_data_type_t type;
    uint16_t id;
    union {
        bool asBoolean;
        int64_t asInteger;
        struct {
            size_t length;
            uint8_t *buffer;
        } asBuffer;
    } value;
} lwm2m_data_t;

typedef struct lwm2m_context_shim lwm2m_context_t;
typedef struct lwm2m_object_shim lwm2m_object_t;
typedef uint8_t (*lwm2m_read_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                         int *numDataP, lwm2m_data_t **dataArrayP,
                                         lwm2m_object_t *objectP);

struct lwm2m_object_shim {
    uint16_t objID;
    lwm2m_list_t *instanceList;
    lwm2m_read_callback_t readFunc;
    void *userData;
};

typedef enum { STATE_DEREGISTERED = 0, STATE_REGISTERED, STATE_REG_FAILED } lwm2m_status_t;
typedef enum { STATE_INITIAL = 0, STATE_BOOTSTRAP_REQUIRED, STATE_READY } lwm2m_client_state_t;

typedef struct lwm2m_server_shim {
    struct lwm2m_server_shim *next;
    uint16_t shortID;
    lwm2m_status_t status;
} lwm2m_server_t;

struct lwm2m_context_shim {
    lwm2m_client_state_t state;
    lwm2m_server_t *serverList;
};

int lwm2m_configure(lwm2m_context_t *contextP, const char *endpointName, const char *msisdn,
                    const char *altPath, uint16_t numObject, lwm2m_object_t *objectList[]);
int lwm2m_add_object(lwm2m_context_t *contextP, lwm2m_object_t *objectP);
int lwm2m_remove_object(lwm2m_context_t *contextP, uint16_t id);
int lwm2m_update_registration(lwm2m_context_t *contextP, uint16_t shortServerID, bool withObjects);
lwm2m_data_t *lwm2m_data_new(int size);
void lwm2m_data_encode_nstring(const char *string, size_t length, lwm2m_data_t *dataP);
void lwm2m_data_encode_opaque(uint8_t *buffer, size_t length, lwm2m_data_t *dataP);
void lwm2m_data_encode_int(int64_t value, lwm2m_data_t *dataP);
void lwm2m_data_encode_bool(bool value, lwm2m_data_t *dataP);

#endif
