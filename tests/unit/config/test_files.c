/* Bases, includes, variables, paths. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "scratch.h"
#include "text.h"

static void put(const char *folder, const char *name, const char *text)
{
    clt_scratch_write(folder, name, text, strlen(text));
}

static struct clt_config *load_in(const char *folder, const char *name)
{
    char *path = clt_path_join(folder, name);
    struct clt_config *config = load(path, NULL);
    free(path);
    return config;
}

static void a_base_lies_below_group_by_group(void **state)
{
    (void)state;
    char *folder = clt_scratch_create();
    put(folder, "low.cfg",
        "seed = 3; data = { format = \"idx\"; path = \"here\"; validation = 7; test = (\"t\"); };\n"
        "model = ( { type = \"relu\"; }, { type = \"dense\"; } );\n"
        "train = { epochs = 2; l2 = 0.5; learning_rate = 0.5; };\n");
    put(folder, "middle.cfg",
        "base = \"low.cfg\"; train = { l2 = 0.25; };\n"
        "data = { test = (\"u\", \"w\"); };\n"
        "model = ( { type = \"dense\"; } );");
    put(folder, "top.cfg", "train = { batch_size = 9; }; base = \"middle.cfg\"; seed = 4;");
    struct clt_config *c = load_in(folder, "top.cfg");
    assert_string_equal(c->name, "top");
    assert_int_equal(c->seed, 4);
    assert_int_equal(c->data.validation_count, 7);
    assert_int_equal(c->data.test.count, 2);
    assert_int_equal(c->n_layers, 1);
    assert_int_equal(c->train.epochs, 2);
    assert_int_equal(c->train.batch_size, 9);
    assert_true(c->train.l2 == 0.25);
    clt_config_free(c);
    clt_scratch_remove(folder);
}

static void a_group_of_another_kind_replaces(void **state)
{
    (void)state;
    char *folder = clt_scratch_create();
    put(folder, "a.cfg",
        "base = \"" CONFIGS "plain.cfg\";\n"
        "train = { learning_rate = { policy = \"triangular\"; min = 0; max = 1;\n"
        "                            step_size = 5; }; };");
    put(folder, "b.cfg", "base = \"a.cfg\"; train = { learning_rate = { max = 2; }; };");
    put(folder, "c.cfg",
        "base = \"a.cfg\";\n"
        "train = { learning_rate = { policy = \"constant\"; value = 3; }; };");
    struct clt_config *c = load_in(folder, "b.cfg"); /* a group over a number, a key over a group */
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_TRIANGULAR);
    assert_int_equal(c->train.learning_rate.step_size, 5);
    assert_true(c->train.learning_rate.max == 2);
    clt_config_free(c);
    c = load_in(folder, "c.cfg");
    assert_int_equal(c->train.learning_rate.policy, CLT_RATE_CONSTANT);
    assert_true(c->train.learning_rate.value == 3);
    clt_config_free(c);
    clt_scratch_remove(folder);
}

static void includes_are_relative_to_their_file(void **state)
{
    (void)state;
    char *folder = clt_scratch_create(), *below = clt_path_join(folder, "below");
    assert_int_equal(clt_folder_create(below), CLT_OK);
    put(folder, "x.cfg",
        "base = \"" CONFIGS "plain.cfg\";\n"
        "/* @include \"nowhere\"\n"
        "@include \"nowhere\" */ device = \"\n"
        "@include \\\"nowhere\\\"\";\n"
        "// @include \"nowhere\"\n"
        "\t @include  \"below/y.inc\" seed = 5;\n");
    put(below, "y.inc", "train = { l2 = 0.5;\n@include \"z.inc\"\n};\ndata = { path = \"d\"; };");
    put(below, "z.inc", "epochs = 4;");
    struct clt_config *c = load_in(folder, "x.cfg");
    char *data = clt_path_join(below, "d");
    assert_string_equal(c->device, "\n@include \"nowhere\"");
    assert_int_equal(c->seed, 5);
    assert_int_equal(c->train.epochs, 4);
    assert_true(c->train.l2 == 0.5);
    assert_string_equal(c->data.path, data);
    clt_config_free(c);
    free(data);
    free(below);
    clt_scratch_remove(folder);
}

static void deep_nests_are_refused(void **state)
{
    (void)state;
    char *folder = clt_scratch_create();
    for (int i = 0; i < 20; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "i%d.cfg", i);
        snprintf(text, sizeof text, "@include \"i%d.cfg\"\n", i + 1);
        put(folder, name, text);
        snprintf(name, sizeof name, "b%d.cfg", i);
        snprintf(text, sizeof text, "base = \"b%d.cfg\";\n", i + 1);
        put(folder, name, text);
    }
    assert_int_equal(chdir(folder), 0);
    assert_refused("i0.cfg", NULL, CLT_E_CONFIG,
                   "i16.cfg:1: @include: files include each other more than 16 deep");
    assert_refused("b0.cfg", NULL, CLT_E_CONFIG,
                   "b16.cfg:1: base: b17.cfg: files are each other's base more than 16 deep");
    clt_scratch_remove(folder);
}

static void marks_and_line_ends_of_editors_are_well(void **state)
{
    (void)state;
    struct clt_config *c = load(CONFIGS "marked.cfg", NULL);
    assert_int_equal(c->seed, 5);
    assert_true(c->train.l2 == 0.25);
    clt_config_free(c);
}

static void a_zero_byte_is_refused(void **state)
{
    (void)state;
    char *folder = clt_scratch_create(), *path = clt_path_join(folder, "z.cfg");
    struct clt_text message = {0};
    clt_scratch_write(folder, "z.cfg", "a = 1;\0b", 8);
    clt_text_add(&message, "%s: is not text: it holds a zero byte", path);
    assert_refused(path, NULL, CLT_E_CONFIG, message.bytes);
    clt_text_free(&message);
    free(path);
    clt_scratch_remove(folder);
}

static void variables_expand_in_file_names_only(void **state)
{
    (void)state;
    assert_int_equal(setenv("CLTRAIN_TEST_A", "/one", 1), 0);
    assert_int_equal(setenv("CLTRAIN_TEST_B", "two", 1), 0);
    char *folder = clt_scratch_create();
    assert_int_equal(setenv("CLTRAIN_TEST_FOLDER", folder, 1), 0);
    put(folder, "more.inc", "seed = 8;");
    struct clt_config *c =
        load_text("@include \"${CLTRAIN_TEST_FOLDER}/more.inc\"\n"
                  "device = \"${CLTRAIN_TEST_A}\";\n"
                  "data = { path = \"${CLTRAIN_TEST_A}/$x/${CLTRAIN_TEST_B}${CLTRAIN_TEST_B}\";\n"
                  "train = (\"${CLTRAIN_TEST_B}.bin\"); validation = (\"${CLTRAIN_TEST_A}\"); };");
    assert_int_equal(c->seed, 8);
    assert_string_equal(c->device, "${CLTRAIN_TEST_A}");
    assert_string_equal(c->data.path, "/one/$x/twotwo");
    assert_string_equal(c->data.train.name[0], "two.bin");
    assert_string_equal(c->data.validation_files.name[0], "/one");
    clt_config_free(c);
    clt_scratch_remove(folder);
}

static void paths_start_at_their_file(void **state)
{
    (void)state;
    static const char *const sets[] = {"data.path=d", NULL};
    char *folder = clt_scratch_create();
    put(folder, "x.cfg", "base = \"" CONFIGS "plain.cfg\"; data = { path = \"e/f\"; };");
    assert_int_equal(chdir("/"), 0);
    struct clt_config *c = load_in(folder, "x.cfg");
    char *path = clt_path_join(folder, "e/f");
    assert_string_equal(c->data.path, path);
    free(path);
    clt_config_free(c);
    path = clt_path_join(folder, "x.cfg");
    c = load(path, sets);
    assert_string_equal(c->data.path, "/d");
    clt_config_free(c);
    free(path);
    clt_scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_base_lies_below_group_by_group),
        cmocka_unit_test(a_group_of_another_kind_replaces),
        cmocka_unit_test(includes_are_relative_to_their_file),
        cmocka_unit_test(deep_nests_are_refused),
        cmocka_unit_test(marks_and_line_ends_of_editors_are_well),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(variables_expand_in_file_names_only),
        cmocka_unit_test(paths_start_at_their_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
