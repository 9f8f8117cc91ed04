/* saved_fixture.h - a run directory of one network, written by hand. */
#ifndef CLT_SAVED_FIXTURE_H
#define CLT_SAVED_FIXTURE_H

#define HEADER                                                                                     \
    "member,update,epoch,learning_rate,train_cost,train_loss,train_accuracy,val_cost,val_loss,"    \
    "val_accuracy,seconds\n"
#define ROW "0,10,0.5,0.1,2.5,2,0.25,,,,1.5\n"

#define CONFIG                                                                                     \
    "name = \"x\"; data = { format = \"idx\"; path = \"/nowhere\"; };\n"                           \
    "model = ( { type = \"dense\"; } );\n"                                                         \
    "train = { batch_size = 10; epochs = 1; learning_rate = 0.1; };\n"
#define JSON                                                                                       \
    "{\"name\": \"x\", \"status\": \"done\", \"updates\": 10, \"seconds\": 1.5,\n"                 \
    " \"device\": {\"name\": null}, \"members\": [{\"index\": 0, \"values\": {\"seed\": 1},\n"     \
    " \"test_accuracy\": 0.5, \"test_loss\": 1.25, \"best\": null, \"status\": \"done\"}],\n"      \
    " \"expectations\": [{\"metric\": \"test_accuracy\", \"low\": 0.4, \"high\": null,\n"          \
    " \"measured\": 0.5, \"met\": true}]}\n"

/* run.json, metrics.csv and a config.cfg, in `folder`. */
void clt_saved_fixture_write(const char *folder, const char *json, const char *metrics);

#endif
