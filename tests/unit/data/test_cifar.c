/* CIFAR-10 and CIFAR-100: layout, names of files and classes, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "file.h"
#include "fixture.h"

static const uint8_t labels[] = {3, 9, 0};
static const char *const first_batch[] = {"data_batch_1"};

static int setup_cifar10(void **state)
{
    clt_fixture_setup(state);
    struct fixture *f = *state;
    f->options.format = CLT_DATASET_CIFAR10;
    f->options.train = first_batch;
    f->options.n_train = 1;
    clt_fixture_write_cifar(f, "data_batch_1.bin", 3, labels, 1);
    clt_fixture_write_cifar(f, "test_batch", 1, labels, 1);
    return 0;
}

static void cifar10_records(void **state)
{
    struct clt_dataset *d = clt_fixture_load(*state);
    assert_int_equal(d->channels, 3);
    assert_int_equal(d->height, 32);
    assert_int_equal(d->width, 32);
    assert_int_equal(d->features, CIFAR_IMAGE);
    assert_int_equal(d->classes, 10);
    assert_null(d->class_names);
    clt_fixture_assert_range(d->train, 0, 3);
    clt_fixture_assert_range(d->test, 3, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(d->labels[i], labels[i]);
        for (size_t f = 0; f < CIFAR_IMAGE; f++)
            assert_int_equal(clt_dataset_images(d, i).images[f], (7 * i + f) % 251);
    }
    assert_int_equal(d->labels[3], labels[0]);
    clt_dataset_free(d);
}

static void headers_only(void **state)
{
    static const uint16_t no_labels[4] = {0};
    struct fixture *f = *state;
    f->options.headers_only = true;
    struct clt_dataset *d = clt_fixture_load(f);
    assert_int_equal(d->features, CIFAR_IMAGE);
    assert_int_equal(d->classes, 10);
    clt_fixture_assert_range(d->train, 0, 3);
    clt_fixture_assert_range(d->test, 3, 1);
    assert_memory_equal(d->labels, no_labels, sizeof no_labels);
    assert_int_equal(d->n_spans, 0);
    clt_dataset_free(d);
}

static void cifar10_reads_five_batches_by_itself(void **state)
{
    struct fixture *f = *state;
    f->options.n_train = 0;
    clt_fixture_assert_refused(f, "data_batch_2: no such file, nor with .bin; scripts/get-cifar10 "
                                  "DIR downloads CIFAR-10 into DIR");
    for (char i = '2'; i <= '5'; i++) {
        const char name[] = {'d', 'a', 't', 'a', '_', 'b', 'a', 't', 'c', 'h', '_', i, '\0'};
        const uint8_t label = (uint8_t)(i - '0');
        clt_fixture_write_cifar(f, name, 1, &label, 1);
    }
    struct clt_dataset *d = clt_fixture_load(f);
    static const uint16_t wanted[] = {3, 9, 0, 2, 3, 4, 5, 3};
    assert_int_equal(d->samples, 8);
    assert_memory_equal(d->labels, wanted, sizeof wanted);
    clt_fixture_assert_range(d->train, 0, 7);
    clt_dataset_free(d);
}

static void subfolder_of_the_archive(void **state)
{
    const struct fixture *f = *state;
    static const uint8_t other[] = {7};
    char *path = clt_path_join(f->folder, "cifar-10-batches-bin");
    assert_int_equal(mkdir(path, 0700), 0);
    clt_fixture_write_cifar(f, "cifar-10-batches-bin/data_batch_1.bin", 1, other, 1);
    clt_fixture_write_cifar(f, "cifar-10-batches-bin/test_batch.bin", 1, other, 1);
    struct clt_dataset *d = clt_fixture_load(f);
    assert_int_equal(d->samples, 2);
    assert_int_equal(d->labels[0], 7);
    clt_dataset_free(d);
    free(path);
}

static void class_names(void **state)
{
    static const char names[] =
        "airplane\nautomobile \r\n\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\n"
        "truck\n\n";
    static const char nine[] = "a\nb\nc\nd\ne\nf\ng\nh\ni";
    clt_fixture_write(*state, "batches.meta.txt", names, sizeof names - 1);
    struct clt_dataset *d = clt_fixture_load(*state);
    assert_string_equal(d->class_names[0], "airplane");
    assert_string_equal(d->class_names[1], "automobile");
    assert_string_equal(d->class_names[9], "truck");
    clt_dataset_free(d);

    clt_fixture_write(*state, "batches.meta.txt", nine, sizeof nine - 1);
    clt_fixture_assert_refused(*state, "batches.meta.txt: 9 class names, must be 10, one a line");
    char eleven[sizeof names + 5];
    snprintf(eleven, sizeof eleven, "more\n%s", names);
    clt_fixture_write(*state, "batches.meta.txt", eleven, strlen(eleven));
    clt_fixture_assert_refused(*state, "batches.meta.txt: 11 class names, must be 10, one a line");
}

/* One more than the first that there is no room for. */
static void names_beyond_the_classes_are_not_stored(void **state)
{
    static const char names[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n";
    clt_fixture_write(*state, "batches.meta.txt", names, sizeof names - 1);
    clt_fixture_assert_refused(*state, "batches.meta.txt: 13 class names, must be 10, one a line");
}

static void wrong_files_are_refused(void **state)
{
    static const uint8_t out_of_range[] = {9, 10};
    uint8_t zeros[2 * 3073] = {0};
    clt_fixture_write(*state, "data_batch_1.bin", zeros, 3073 + 100);
    clt_fixture_assert_refused(*state, "data_batch_1.bin: offset 3073: a last record of 100 bytes, "
                                       "must be 3073; is the file cut short, or not CIFAR-10 in "
                                       "its binary form?");
    clt_fixture_write(*state, "data_batch_1.bin", "", 0);
    clt_fixture_assert_refused(*state, "data_batch_1.bin: offset 0: the file is empty");
    clt_fixture_write_cifar(*state, "data_batch_1.bin", 2, out_of_range, 1);
    clt_fixture_assert_unreadable(*state,
                                  "data_batch_1.bin: offset 3073: label 10, must be below 10; "
                                  "is this CIFAR-10 in its binary form?");
    clt_fixture_write_gzip(*state, "data_batch_1.bin", zeros, sizeof zeros);
    clt_fixture_assert_refused(*state, "data_batch_1.bin: must be a plain file, not compressed, "
                                       "not a pipe");
}

static void python_form_is_recognised(void **state)
{
    const struct fixture *f = *state;
    clt_fixture_remove(f, "data_batch_1.bin");
    clt_fixture_write(f, "data_batch_1", "\x80\x02}q\x01", 5);
    clt_fixture_assert_refused(f, "data_batch_1: offset 0: this is the Python form of CIFAR-10; "
                                  "unpack cifar-10-binary.tar.gz instead");
    clt_fixture_remove(f, "data_batch_1");

    char message[4096];
    snprintf(message, sizeof message,
             "data_batch_1: no such file; %s holds the Python form of CIFAR-10: unpack "
             "cifar-10-binary.tar.gz",
             f->folder);
    clt_fixture_write(f, "batches.meta", "\x80", 1);
    clt_fixture_assert_refused(f, message);
    clt_fixture_remove(f, "batches.meta");
    char *path = clt_path_join(f->folder, "cifar-10-batches-py");
    assert_int_equal(mkdir(path, 0700), 0);
    clt_fixture_assert_refused(f, message);
    free(path);
}

static int setup_cifar100(void **state)
{
    static const uint8_t coarse_and_fine[] = {19, 99, 0, 42};
    clt_fixture_setup(state);
    struct fixture *f = *state;
    f->options.format = CLT_DATASET_CIFAR100;
    clt_fixture_write_cifar(f, "train.bin", 2, coarse_and_fine, 2);
    clt_fixture_write_cifar(f, "test.bin", 1, coarse_and_fine, 2);
    return 0;
}

static void cifar100_takes_the_fine_label(void **state)
{
    char names[1000] = "";
    for (int i = 0; i < 100; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "class_%d\n", i);
    clt_fixture_write(*state, "fine_label_names.txt", names, strlen(names));
    struct clt_dataset *d = clt_fixture_load(*state);
    static const uint16_t wanted[] = {99, 42, 99};
    assert_int_equal(d->classes, 100);
    assert_memory_equal(d->labels, wanted, sizeof wanted);
    assert_int_equal(clt_dataset_images(d, 1).images[2], 7 + 2);
    assert_string_equal(d->class_names[99], "class_99");
    clt_dataset_free(d);
}

static void cifar100_refuses(void **state)
{
    static const uint8_t out_of_range[] = {0, 100};
    clt_fixture_write_cifar(*state, "test.bin", 1, out_of_range, 2);
    clt_fixture_assert_unreadable(*state,
                                  "test.bin: offset 1: label 100, must be below 100; is this "
                                  "CIFAR-100 in its binary form?");
    clt_fixture_remove(*state, "train.bin");
    clt_fixture_assert_refused(*state,
                               "train: no such file, nor with .bin; unpack "
                               "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz there");
    clt_fixture_write(*state, "train", "\x80\x02}q\x01", 5);
    clt_fixture_assert_refused(*state, "train: offset 0: this is the Python form of CIFAR-100; "
                                       "unpack cifar-100-binary.tar.gz instead");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cifar10_records, setup_cifar10, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(headers_only, setup_cifar10, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(cifar10_reads_five_batches_by_itself, setup_cifar10,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(subfolder_of_the_archive, setup_cifar10,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(class_names, setup_cifar10, clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(names_beyond_the_classes_are_not_stored, setup_cifar10,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(wrong_files_are_refused, setup_cifar10,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(python_form_is_recognised, setup_cifar10,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(cifar100_takes_the_fine_label, setup_cifar100,
                                        clt_fixture_teardown),
        cmocka_unit_test_setup_teardown(cifar100_refuses, setup_cifar100, clt_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
