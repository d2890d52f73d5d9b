// Items that stay in their files: raw ranges of little-endian numbers, row after row.
#pragma once

#include "data/dataset.h"

namespace dc::data {

// The rows of one file.
struct FileRange {
  std::string path;
  int64_t offset;  // bytes before the first row
  int64_t items;
};

// Read where they lie, block by block: what is kept of them is the system's page cache. Floats are checked as they are read.
//
// Rows are read by pread and not through a mapping: a file that shrinks or a disk that fails is an error then, and not the end of the process.
class Files final : public Dataset {
 public:
  // `item_shape` of one item; `type` uint8, int8, float16 or float32. Throws ERR_FILE_NOT_FOUND, ERR_FILE_READ, or ERR_FILE_FORMAT for a
  // file that is shorter than its range.
  Files(std::vector<FileRange> files, const std::vector<int64_t>& item_shape, at::ScalarType type, at::Device device);
  ~Files() override;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  // All reads throw ERR_FILE_READ where a file cannot be read any more, and RangeError for a number that is not finite.
  at::Tensor read(const at::Tensor& index, double factor = 1) const override;
  at::Tensor read(int64_t begin, int64_t end, double factor = 1) const override;
  bool resident() const override { return false; }
  void fetch(const at::Tensor& index, at::Tensor& rows) const override;
  void announce(const at::Tensor& index) const override;

  // Rows begin … end - 1 as stored: [end - begin, …], on the host.
  at::Tensor stored(int64_t begin, int64_t end) const;

 private:
  struct Open {
    FileRange range;
    int64_t first;  // row
    int handle;
  };

  const Open& file_of(int64_t row) const;
  void fetch(int64_t begin, int64_t end, char* to) const;
  void check_finite(const at::Tensor& rows, const std::function<int64_t(int64_t)>& item_of) const;

  std::vector<Open> files_;
};

}  // namespace dc::data
