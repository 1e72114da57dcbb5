#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::numbers {

/// `normalize` for the same few numbers again and again: libphonenumber's answers, remembered, also
/// its refusals. One thread each.
class normalizer {
 public:
  /// Remembers about `cached` answers, as `reader` does.
  explicit normalizer(std::size_t cached = 1 << 16);
  ~normalizer();
  normalizer(normalizer&&) noexcept;
  normalizer& operator=(normalizer&&) noexcept;

  /// E.164 text; fails as `parse` does.
  result<std::string> normalize(std::string_view text, std::string_view region);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::numbers
