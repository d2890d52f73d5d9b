#include "data/dataset.h"

#include "error.h"

namespace dc::data {

namespace {
constexpr int64_t kBlock = 4096;  // rows at a time in a pass over the data

std::map<at::DeviceType, ByteGather>& byte_gathers() {
  static std::map<at::DeviceType, ByteGather> all;
  return all;
}
}  // namespace

void set_byte_gather(at::DeviceType type, ByteGather gather) { byte_gathers()[type] = std::move(gather); }

void Scaling::fit(const Dataset& data) {
  at::NoGradGuard no_grad;
  const auto options = at::TensorOptions().dtype(at::kFloat).device(data.device());
  shift_ = at::zeros({1}, options);
  scale_ = at::full({1}, kind_ == "unit" ? 1.0 / 255 : 1.0, options);
  if (kind_ != "standard") return;
  // Sums of the deviations from the first row, so that a large common offset costs no precision.
  const at::Tensor origin = data.rows().narrow(0, 0, 1).to(at::kDouble);
  at::Tensor sum = at::zeros({data.features()}, options.dtype(at::kDouble));
  at::Tensor squares = at::zeros_like(sum);
  for (int64_t begin = 0; begin < data.size(); begin += kBlock) {
    const int64_t count = std::min(kBlock, data.size() - begin);
    const at::Tensor x = data.rows().narrow(0, begin, count).to(at::kDouble) - origin;
    sum += x.sum(0);
    squares += (x * x).sum(0);
  }
  const double n = static_cast<double>(data.size());
  const at::Tensor variance = (squares / n - (sum / n).square()).clamp_min(0);
  shift_ = (origin.squeeze(0) + sum / n).to(at::kFloat);
  scale_ = at::where(variance > 0, variance.rsqrt(), at::zeros_like(variance)).to(at::kFloat);
}

at::Tensor Scaling::apply(const at::Tensor& rows) const {
  at::Tensor x = rows.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  if (kind_ == "none") return x;
  if (kind_ == "standard") x.sub_(shift_);
  return x.mul_(scale_);
}

at::Tensor Scaling::gather(const Dataset& data, const at::Tensor& index) const {
  at::NoGradGuard no_grad;
  const at::Tensor& rows = data.rows();
  if (rows.scalar_type() == at::kByte && kind_ != "standard" && rows.is_contiguous() && index.is_contiguous()) {
    const auto own = byte_gathers().find(rows.device().type());
    if (own != byte_gathers().end()) return own->second(rows, index, static_cast<float>(kind_ == "unit" ? 1.0 / 255 : 1.0));
  }
  return apply(rows.index_select(0, index));
}

at::Tensor Scaling::block(const Dataset& data, int64_t begin, int64_t end) const {
  at::NoGradGuard no_grad;
  return apply(data.rows().narrow(0, begin, end - begin));
}

void Scaling::check_unit_interval(const Dataset& data, const std::string& option, const std::string& value) const {
  if (kind_ == "unit" && data.rows().scalar_type() == at::kByte) return;
  for (int64_t begin = 0; begin < data.size(); begin += kBlock) {
    const at::Tensor x = block(data, begin, std::min(begin + kBlock, data.size()));
    if (!x.ge(0).logical_and_(x.le(1)).all().item<bool>()) {
      throw Error("RangeError", "Expected numbers in 0..1 (after `scaling`) for `data`, which `" + option + "` " + value +
                                    " needs, but received others: scale them, or take another `" + option + "`");
    }
  }
}

at::Tensor Scaling::undo(const at::Tensor& x) const {
  at::NoGradGuard no_grad;
  return at::where(scale_ > 0, x / scale_, at::zeros_like(x)) + shift_;
}

}  // namespace dc::data
