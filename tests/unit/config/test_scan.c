/* The lexical pass. */
#include "support.h"

#include <string.h>

#include "scan.h"

/* The tokens of `text`, a letter each. */
static void assert_tokens(const char *text, const char *expected)
{
    static const char letters[] = {[CLT_TOKEN_NUMBER] = 'n',
                                   [CLT_TOKEN_STRING] = 's',
                                   [CLT_TOKEN_INCLUDE] = 'i',
                                   [CLT_TOKEN_UNCLOSED] = 'u'};
    char got[32] = "";
    size_t n = 0;
    struct clt_scan scan = {.at = text, .line = 1};
    struct clt_token token;
    for (clt_scan_next(&scan, &token); token.kind != CLT_TOKEN_END; clt_scan_next(&scan, &token)) {
        assert_true(n < sizeof got - 1);
        got[n++] = token.joined ? 'j' : letters[token.kind];
    }
    assert_string_equal(got, expected);
}

static void tokens_are_told_apart(void **state)
{
    (void)state;
    assert_tokens("", "");
    assert_tokens("a1 = 2; b-3 = \"4\"; *5 = x6", "ns");
    assert_tokens("# 1\n// 2\n/* 3 \"4\" */ 5 / 6", "nn");
    assert_tokens("\"a\" \"b\" # \"c\"\n \"d\", \"e\"", "sjjs");
    assert_tokens("\"\\\"1\\\\\" 2", "sn");
    assert_tokens("@include \"x\"\n a @include \"y\"\n\t@include\t\"z\"", "isi");
    assert_tokens("@include_x = 1; @include", "n");
    assert_tokens("1 \"open", "nu");
    assert_tokens("1 \"open\\", "nu");
    assert_tokens("1 /* open *", "nu");
    assert_tokens("1 @include \"open", "nu");
    assert_tokens("+1 -2 3. .4 5e6 7E-8 0x9 0Xa 11L 12LL -1.5e+3", "nnnnnnnnnnn");
}

static void numbers_are_cut_as_libconfig_does(void **state)
{
    (void)state;
    static const char *const numbers[] = {"1",   "-20", "3.",    ".5",    "-6.e7", "8e+9",
                                          "0x1", "2L",  "0x3LL", "4.5E6", "."};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[32] = "";
        strcat(strcat(text, numbers[i]), ";e1");
        struct clt_scan scan = {.at = text, .line = 1};
        struct clt_token token;
        clt_scan_next(&scan, &token);
        assert_int_equal(token.kind, CLT_TOKEN_NUMBER);
        assert_int_equal(token.length, strlen(numbers[i]));
    }
}

static void lines_are_counted(void **state)
{
    (void)state;
    struct clt_scan scan = {.at = "\n/*\n*/\"a\nb\"\n1", .line = 1};
    struct clt_token token;
    clt_scan_next(&scan, &token);
    assert_int_equal(token.line, 3);
    clt_scan_next(&scan, &token);
    assert_int_equal(token.kind, CLT_TOKEN_NUMBER);
    assert_int_equal(token.line, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_told_apart),
        cmocka_unit_test(numbers_are_cut_as_libconfig_does),
        cmocka_unit_test(lines_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
