#include "nn/image_classifier.h"

#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using namespace dc::nn;

TEST("image classifier: images of any size are halved twice, and then down to 8 pixels") {
  at::Generator draw = make_generator(at::kCPU, 1);
  struct Case {
    Image image;
    size_t layers;
    int64_t units;  // that the fully connected layer takes
  };
  for (const auto& [image, layers, units] : {Case{{1, 28, 28}, 4, 64 * 7 * 7}, Case{{3, 9, 7}, 4, 64 * 2 * 1}, Case{{1, 4, 5}, 4, 64},
                                             Case{{3, 64, 40}, 5, 128 * 8 * 5}, Case{{1, 96, 96}, 6, 256 * 6 * 6}}) {
    ImageClassifier network("net", image, 5, Precision::float32, at::kCPU, draw);
    const std::vector<Parameter*> parameters = network.parameters();
    EXPECT(parameters.size() == 3 * (layers - 1) + 2);
    EXPECT((parameters[3 * (layers - 2)]->value.sizes() == std::vector<int64_t>{512, units}));
    const at::Tensor x = at::rand({6, image.channels * image.height * image.width}, draw, at::kFloat);
    EXPECT((network.logits(x, Pass::train()).sizes() == std::vector<int64_t>{6, 5}));
    const at::Tensor all = infer([&](const Pass& pass) { return network.logits(x, pass); });
    const at::Tensor two = infer([&](const Pass& pass) { return network.logits(x.slice(0, 2, 4), pass); });
    EXPECT_CLOSE(two, all.slice(0, 2, 4), 1e-5, 1e-5);
  }
}
