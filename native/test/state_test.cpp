// Snapshots of a model's tensors, and what may take their place.
#include "state.h"

#include "error.h"
#include "harness.h"

using namespace dc;

TEST("state: what is written in place is copied, what is only replaced is shared") {
  at::Tensor weights = at::ones({2, 3}), features = at::ones({4, 2});
  const std::vector<Slot> slots{Slot::learned("weights", weights), Slot::found("features", features, {Slot::kItems, 2}).never_written()};
  const NamedTensors first = snapshot(slots);
  weights.fill_(2);
  EXPECT(first.at("weights").eq(1).all().item<bool>());
  EXPECT(first.at("features").data_ptr() == features.data_ptr());
  features = at::full({4, 2}, 5.0f);
  EXPECT(first.at("features").eq(1).all().item<bool>() && snapshot(slots).at("features").eq(5).all().item<bool>());
}

TEST("state: nothing is changed where one tensor does not fit") {
  at::Tensor weights = at::ones({2}), labels = at::empty({0}, at::kLong), codes = at::empty({0});
  const std::vector<Slot> slots{Slot::learned("weights", weights), Slot::assignments("labels", labels, 3),
                                Slot::found("codes", codes, {Slot::kItems, 2})};
  const NamedTensors good{{"weights", at::zeros({2})}, {"labels", at::tensor({0, 2, 1}, at::kLong)}, {"codes", at::rand({3, 2})}};
  const auto with = [&](const std::string& name, const at::Tensor& tensor) {
    NamedTensors state = good;
    state[name] = tensor;
    return test::code_of([&] { restore(slots, state, at::kCPU); });
  };
  EXPECT(with("labels", at::tensor({0, 3, 1}, at::kLong)) == "ERR_FILE_FORMAT");
  EXPECT(with("labels", at::tensor({0, -1, 1}, at::kLong)) == "ERR_FILE_FORMAT");
  EXPECT(with("labels", at::tensor({0, 1}, at::kLong)) == "ERR_FILE_FORMAT");
  EXPECT(with("codes", at::rand({3, 3})) == "ERR_FILE_FORMAT");
  EXPECT(with("weights", at::zeros({2}, at::kDouble)) == "ERR_FILE_FORMAT");
  EXPECT(weights.eq(1).all().item<bool>() && labels.numel() == 0);
  restore(slots, good, at::kCPU);
  EXPECT(weights.eq(0).all().item<bool>() && labels.equal(good.at("labels")));
  EXPECT(test::code_of([&] { check_items(slots, 3); }).empty() && test::code_of([&] { check_items(slots, 4); }) == "ERR_FILE_FORMAT");
}
