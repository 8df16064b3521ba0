/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses between the two accounts of a card, in an assessment and in a client. */

#include <string.h>

#include "at_card.h"
#include "device.h"
#include "expect.h"
#include "simstrap.h"

/* What to answer for servers 1 and 2, and what was asked. */
struct chooser {
    int32_t answers[2];
    int asked;
    simstrap_decision proposed[2];
    simstrap_client *client;
    simstrap_data **data;
    simstrap_policy **policy;
};

static int32_t choose(void *context, const simstrap_proposal *proposal)
{
    struct chooser *chooser = (struct chooser *)context;
    const char *uri = proposal->server == 1 ? "coaps://a.example" : "coaps://b.example";
    chooser->asked++;
    if (proposal->server < 1 || proposal->server > 2) {
        EXPECT(1, proposal->server);
        return SIMSTRAP_DECISION_REFUSE;
    }
    chooser->proposed[proposal->server - 1] = proposal->decision;
    EXPECT(17, (long)proposal->uri_length);
    EXPECT(0, memcmp(uri, proposal->uri, 17));
    EXPECT(0, proposal->security_mode);
    EXPECT(60 * proposal->server, (long)proposal->lifetime);
    EXPECT(1, proposal->reason[0] != '\0');
    /* From within it, nothing ends and events wait. */
    if (chooser->client != NULL) {
        EXPECT(SIMSTRAP_STATUS_BUSY, simstrap_client_close(chooser->client));
        EXPECT(SIMSTRAP_STATUS_OK, simstrap_client_refresh(chooser->client));
        chooser->client = NULL; /* once is enough */
    }
    /* What is judged is judged to its end, whatever becomes of the handles. */
    if (chooser->data != NULL) {
        simstrap_data_free(chooser->data);
        simstrap_policy_free(chooser->policy);
    }
    return chooser->answers[proposal->server - 1];
}

/* Judges the data of the card under a policy that ignores server 2. */
static void assessments(const simstrap_card *card)
{
    struct chooser chooser;
    simstrap_circumstances circumstances;
    simstrap_policy *policy = NULL;
    simstrap_rule rule;
    simstrap_reading *reading = NULL;
    simstrap_data *data = NULL;
    simstrap_assessment *assessment = NULL;
    simstrap_account account;
    simstrap_error error;
    const uint8_t *bytes;
    size_t length = 0;
    memset(&chooser, 0, sizeof chooser);
    memset(&circumstances, 0, sizeof circumstances);
    memset(&rule, 0, sizeof rule);
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_policy_new(&policy));
    rule.first_server = 2;
    rule.last_server = 2;
    rule.bootstrap_server = -1;
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_policy_add_rule(policy, &rule, &error));
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_read(card, NULL, &reading, &error));
    bytes = simstrap_data_bytes(simstrap_reading_data(reading, &error), &length);
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_data_decode(bytes, length, &data, &error));
    simstrap_reading_free(&reading);
    /* All zero is no choice. */
    EXPECT(SIMSTRAP_STATUS_OK,
           simstrap_assess(policy, data, &circumstances, &assessment, &error));
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_assessment_account(assessment, 1, &account));
    EXPECT(SIMSTRAP_DECISION_IGNORE, account.decision);
    EXPECT(0, strcmp(account.reason, "rule 1"));
    simstrap_assessment_free(&assessment);
    circumstances.choice.context = &chooser;
    circumstances.choice.choose = choose;
    chooser.answers[0] = 17;
    chooser.answers[1] = SIMSTRAP_DECISION_APPLY;
    chooser.data = &data;
    chooser.policy = &policy;
    EXPECT(SIMSTRAP_STATUS_OK,
           simstrap_assess(policy, data, &circumstances, &assessment, &error));
    EXPECT(1, data == NULL && policy == NULL);
    EXPECT(2, chooser.asked);
    EXPECT(SIMSTRAP_DECISION_APPLY, chooser.proposed[0]);
    EXPECT(SIMSTRAP_DECISION_IGNORE, chooser.proposed[1]);
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_assessment_account(assessment, 0, &account));
    EXPECT(SIMSTRAP_DECISION_REFUSE, account.decision);
    EXPECT(0, strcmp(account.reason, "the device's choice"));
    EXPECT(SIMSTRAP_STATUS_OK, simstrap_assessment_account(assessment, 1, &account));
    EXPECT(SIMSTRAP_DECISION_APPLY, account.decision);
    EXPECT(0, strcmp(account.reason, "the device's choice"));
    simstrap_assessment_free(&assessment);
}

/* Runs a client that uses server 2 only, and again from the record. */
static void clients(const simstrap_card *card)
{
    struct chooser chooser;
    struct device device;
    simstrap_client_config config;
    simstrap_error error;
    int run;
    memset(&chooser, 0, sizeof chooser);
    memset(&config, 0, sizeof config);
    chooser.answers[0] = SIMSTRAP_DECISION_IGNORE;
    chooser.answers[1] = SIMSTRAP_DECISION_APPLY;
    device_init(&device, NULL);
    device_connect(&device, &config.host, &config.store);
    config.card = *card;
    config.choice.context = &chooser;
    config.choice.choose = choose;
    for (run = 0; run < 2; run++) {
        simstrap_client *client = NULL;
        EXPECT(SIMSTRAP_STATUS_OK, simstrap_client_new(&config, &client, &error));
        chooser.asked = 0;
        chooser.client = client;
        EXPECT(SIMSTRAP_STATUS_OK, simstrap_client_start(client, &error));
        EXPECT(2, chooser.asked);
        EXPECT(1, (long)device_count(&device, 0));
        EXPECT(1, (long)device_count(&device, 1));
        EXPECT(SIMSTRAP_STATUS_OK, simstrap_client_free(&client));
    }
    EXPECT(2, device.performed);
    device_clear(&device);
}

int main(int argc, char **argv)
{
    struct at_card modem;
    simstrap_card card;
    if (argc != 2 || at_card_open(&modem, argv[1]) != 0) {
        return 1;
    }
    memset(&card, 0, sizeof card);
    card.context = &modem;
    card.transmit = at_card_transmit;
    assessments(&card);
    clients(&card);
    at_card_close(&modem);
    return failures == 0 ? 0 : 1;
}
