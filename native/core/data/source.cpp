#include "data/source.h"

#include <sstream>

#include "error.h"

namespace dc::data {

Source::Source(const at::Tensor& items)
    : items_(items),
      item_shape_(items.sizes().begin() + (items.dim() > 0 ? 1 : 0), items.sizes().end()),
      type_(items.scalar_type()) {}

Source::Source(std::vector<FileRange> files, std::vector<int64_t> item_shape, at::ScalarType type)
    : files_(std::move(files)),
      item_shape_(std::move(item_shape)),
      type_(type) {}

int64_t Source::size() const {
  if (items_.defined()) return items_.dim() > 0 ? items_.size(0) : 0;
  int64_t n = 0;
  for (const FileRange& file : files_) n += file.items;
  return n;
}

void Source::check(const std::vector<int64_t>& wanted) const {
  if (item_shape_.empty() || item_shape_ != wanted || size() < 1) {
    std::vector<int64_t> shape = item_shape_;
    shape.insert(shape.begin(), size());
    std::ostringstream message;
    message << "Expected items of shape " << at::IntArrayRef(wanted) << " for `data` but received data of shape " << at::IntArrayRef(shape);
    throw Error("RangeError", message.str());
  }
  const bool readable = type_ == at::kByte || type_ == at::kFloat || (!items_.defined() && (type_ == at::kChar || type_ == at::kHalf));
  if (!readable) throw Error("TypeError", "Expected uint8 or float32 items for `data`");
  if (size() > std::numeric_limits<int32_t>::max()) {
    throw Error("RangeError", "Expected fewer than 2^31 items for `data` but received " + std::to_string(size()));
  }
}

std::unique_ptr<Dataset> Source::open(at::Device device) const {
  if (items_.defined()) return std::make_unique<Resident>(items_, device);
  return std::make_unique<Files>(files_, item_shape_, type_, device);
}

void Source::each_block(at::Device device, const Poll& poll, const std::function<void(const Dataset&)>& visit) const {
  const std::unique_ptr<const Files> in_files = items_.defined() ? nullptr : std::make_unique<Files>(files_, item_shape_, type_, device);
  dc::each_block(size(), poll, [&](int64_t begin, int64_t end) {
    visit(Resident(in_files ? in_files->stored(begin, end) : items_.slice(0, begin, end), device));
  });
}

}  // namespace dc::data
