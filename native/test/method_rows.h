// Every method in its shapes, small: what is run on devices.
#pragma once

#include "fixtures.h"

namespace dc::test {

// A method in one of its shapes. What it is checked for follows from its row.
struct MethodRow {
  std::string name;  // in the table
  std::string method;
  OptionValues options;
  Blobs data;
  std::vector<std::string> operations;    // that are asked of items
  std::map<std::string, int64_t> budget;  // most launches of a step, by phase
  bool samples = false;
  Precision precision = Precision::float32;

  methods::ModelSpec spec(at::Device device, bool capture = true) const;
};

// A new method, or a new shape of one, is a row here.
std::vector<MethodRow> method_rows();

// For `generate("sample")` of any method: 9 items of any cluster, every code drawn.
OptionValues nine_samples();

}  // namespace dc::test
