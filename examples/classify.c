/* classify.c - loads a trained network and names the class of each image.
 *
 * usage: classify NETWORK IMAGES...
 * NETWORK: RUN_DIRECTORY/checkpoint/last/member-000.safetensors; IMAGES: see cltrain/images.h */
#include <cltrain/cltrain.h>

#include <stdio.h>
#include <stdlib.h>

struct classification {
    struct clt_device *device;
    struct clt_classifier *classifier;
    struct clt_images *images;
    float *probabilities; /* [images][classes] */
};

static enum clt_status classify(struct classification *c, char **arguments, int n)
{
    enum clt_status status = clt_device_open(&c->device, NULL);
    if (status == CLT_OK) status = clt_classifier_load(&c->classifier, c->device, arguments[0]);
    if (status == CLT_OK)
        status = clt_images_create(&c->images, clt_classifier_input(c->classifier));
    for (int i = 1; i < n && status == CLT_OK; i++)
        status = clt_images_append(c->images, arguments[i]);
    if (status != CLT_OK) return status;
    const size_t count = clt_images_count(c->images);
    c->probabilities =
        calloc(count * clt_classifier_classes(c->classifier), sizeof *c->probabilities);
    if (!c->probabilities) return CLT_E_NOMEM;
    return clt_classifier_predict(c->probabilities, c->classifier, clt_images_pixels(c->images),
                                  count);
}

static void print(const struct classification *c)
{
    const size_t classes = clt_classifier_classes(c->classifier);
    for (size_t i = 0; i < clt_images_count(c->images); i++) {
        const struct clt_image_origin origin = clt_images_origin(c->images, i);
        const float *p = c->probabilities + i * classes;
        const size_t best = clt_best_class(p, classes);
        const char *name =
            best < classes ? clt_classifier_class_name(c->classifier, best) : "no number";
        printf("%s[%zu]: class %zu", origin.file, origin.index, best);
        if (name) printf(" (%s)", name);
        if (best < classes) printf(", probability %.4f", (double)p[best]);
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    struct classification c = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: %s NETWORK IMAGES...\n", argv[0]);
        return 2;
    }
    const enum clt_status status = classify(&c, argv + 1, argc - 1);
    if (status == CLT_OK)
        print(&c);
    else
        fprintf(stderr, "%s\n", clt_error_message());
    free(c.probabilities);
    clt_images_free(c.images);
    clt_classifier_free(c.classifier);
    clt_device_close(c.device);
    return status == CLT_OK ? 0 : 1;
}
