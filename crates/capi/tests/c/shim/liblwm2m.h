/* SPDX-License-Identifier: Apache-2.0 */
/* Not Wakaama: declarations of the shape that its public API has for a client, as far as the adapter
 * and its test use it, written for these tests. A client builds the adapter with Wakaama's own
 * header. Names, types, order of members and values of constants are those of the public API. */

#ifndef SHIM_LIBLWM2M_H
#define SHIM_LIBLWM2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COAP_NO_ERROR (uint8_t)0x00
#define COAP_205_CONTENT (uint8_t)0x45
#define COAP_400_BAD_REQUEST (uint8_t)0x80
#define COAP_404_NOT_FOUND (uint8_t)0x84
#define COAP_500_INTERNAL_SERVER_ERROR (uint8_t)0xA0

time_t lwm2m_gettime(void);

typedef struct _lwm2m_list_t {
    struct _lwm2m_list_t *next;
    uint16_t id;
} lwm2m_list_t;

typedef enum {
    LWM2M_TYPE_UNDEFINED = 0,
    LWM2M_TYPE_OBJECT,
    LWM2M_TYPE_OBJECT_INSTANCE,
    LWM2M_TYPE_MULTIPLE_RESOURCE,
    LWM2M_TYPE_STRING,
    LWM2M_TYPE_OPAQUE,
    LWM2M_TYPE_INTEGER,
    LWM2M_TYPE_UNSIGNED_INTEGER,
    LWM2M_TYPE_FLOAT,
    LWM2M_TYPE_BOOLEAN,
    LWM2M_TYPE_OBJECT_LINK,
    LWM2M_TYPE_CORE_LINK
} lwm2m_data_type_t;

typedef struct _lwm2m_data_t lwm2m_data_t;

struct _lwm2m_data_t {
    lwm2m_data_type_t type;
    uint16_t id;
    union {
        bool asBoolean;
        int64_t asInteger;
        uint64_t asUnsigned;
        double asFloat;
        struct {
            size_t length;
            uint8_t *buffer;
        } asBuffer;
        struct {
            size_t count;
            lwm2m_data_t *array;
        } asChildren;
        struct {
            uint16_t objectId;
            uint16_t objectInstanceId;
        } asObjLink;
    } value;
};

typedef struct _lwm2m_context_ lwm2m_context_t;
typedef struct _lwm2m_object_t lwm2m_object_t;

typedef enum {
    LWM2M_WRITE_PARTIAL_UPDATE,
    LWM2M_WRITE_REPLACE_RESOURCES,
    LWM2M_WRITE_REPLACE_INSTANCE
} lwm2m_write_type_t;

typedef uint8_t (*lwm2m_read_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                         int *numDataP, lwm2m_data_t **dataArrayP,
                                         lwm2m_object_t *objectP);
typedef uint8_t (*lwm2m_discover_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                             int *numDataP, lwm2m_data_t **dataArrayP,
                                             lwm2m_object_t *objectP);
typedef uint8_t (*lwm2m_write_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                          int numData, lwm2m_data_t *dataArray,
                                          lwm2m_object_t *objectP, lwm2m_write_type_t writeType);
typedef uint8_t (*lwm2m_execute_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                            uint16_t resourceId, uint8_t *buffer, int length,
                                            lwm2m_object_t *objectP);
typedef uint8_t (*lwm2m_create_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                           int numData, lwm2m_data_t *dataArray,
                                           lwm2m_object_t *objectP);
typedef uint8_t (*lwm2m_delete_callback_t)(lwm2m_context_t *contextP, uint16_t instanceId,
                                           lwm2m_object_t *objectP);

struct _lwm2m_object_t {
    struct _lwm2m_object_t *next;
    uint16_t objID;
    uint8_t versionMajor;
    uint8_t versionMinor;
    lwm2m_list_t *instanceList;
    lwm2m_read_callback_t readFunc;
    lwm2m_write_callback_t writeFunc;
    lwm2m_execute_callback_t executeFunc;
    lwm2m_create_callback_t createFunc;
    lwm2m_delete_callback_t deleteFunc;
    lwm2m_discover_callback_t discoverFunc;
    void *userData;
};

typedef enum {
    STATE_DEREGISTERED = 0,
    STATE_REG_HOLD_OFF,
    STATE_REG_PENDING,
    STATE_REGISTERED,
    STATE_REG_FAILED,
    STATE_REG_UPDATE_PENDING,
    STATE_REG_UPDATE_NEEDED,
    STATE_REG_FULL_UPDATE_NEEDED,
    STATE_DEREG_PENDING,
    STATE_BS_HOLD_OFF,
    STATE_BS_INITIATED,
    STATE_BS_PENDING,
    STATE_BS_FINISHING,
    STATE_BS_FINISHED,
    STATE_BS_FAILING,
    STATE_BS_FAILED
} lwm2m_status_t;

typedef uint8_t lwm2m_binding_t;
typedef struct _lwm2m_block_data_ lwm2m_block_data_t;

typedef struct _lwm2m_server_ {
    struct _lwm2m_server_ *next;
    uint16_t secObjInstID;
    uint16_t shortID;
    time_t lifetime;
    time_t registration;
    lwm2m_binding_t binding;
    void *sessionH;
    lwm2m_status_t status;
    char *location;
    bool dirty;
    lwm2m_block_data_t *blockData;
    uint16_t servObjInstID;
    uint8_t attempt;
    uint8_t sequence;
} lwm2m_server_t;

typedef struct _lwm2m_observed_ lwm2m_observed_t;
typedef struct _lwm2m_transaction_ lwm2m_transaction_t;

typedef enum {
    STATE_INITIAL = 0,
    STATE_BOOTSTRAP_REQUIRED,
    STATE_BOOTSTRAPPING,
    STATE_REGISTER_REQUIRED,
    STATE_REGISTERING,
    STATE_READY
} lwm2m_client_state_t;

struct _lwm2m_context_ {
    lwm2m_client_state_t state;
    char *endpointName;
    char *msisdn;
    char *altPath;
    lwm2m_server_t *bootstrapServerList;
    lwm2m_server_t *serverList;
    lwm2m_object_t *objectList;
    lwm2m_observed_t *observedList;
    uint16_t nextMID;
    lwm2m_transaction_t *transactionList;
    void *userData;
};

lwm2m_data_t *lwm2m_data_new(int size);
void lwm2m_data_free(int size, lwm2m_data_t *dataP);
void lwm2m_data_encode_nstring(const char *string, size_t length, lwm2m_data_t *dataP);
void lwm2m_data_encode_opaque(const uint8_t *buffer, size_t length, lwm2m_data_t *dataP);
void lwm2m_data_encode_int(int64_t value, lwm2m_data_t *dataP);
void lwm2m_data_encode_float(double value, lwm2m_data_t *dataP);
void lwm2m_data_encode_bool(bool value, lwm2m_data_t *dataP);
void lwm2m_data_encode_objlink(uint16_t objectId, uint16_t objectInstanceId, lwm2m_data_t *dataP);
void lwm2m_data_encode_instances(lwm2m_data_t *subDataP, size_t count, lwm2m_data_t *dataP);

int lwm2m_configure(lwm2m_context_t *contextP, const char *endpointName, const char *msisdn,
                    const char *altPath, uint16_t numObject, lwm2m_object_t *objectList[]);
int lwm2m_update_registration(lwm2m_context_t *contextP, uint16_t shortServerID, bool withObjects);

#ifdef __cplusplus
}
#endif

#endif
