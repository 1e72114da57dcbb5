#pragma once
#include <calluna/numbers/e164.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace calluna::numbers {

/// Reads the number of a caller, or of a partner, as a directory key. Remembers its answers, also
/// those that there is no number: a PBX sees the same few again and again. One thread each.
///
/// There is no key for what identifies no line: an empty text, "anonymous", "unknown", "s" and
/// other words, SIP user names ("agent101"), internal extensions and short codes ("101", "1001"),
/// and what libphonenumber cannot parse or holds impossible by its length. A number need not be
/// valid: ranges are given out faster than metadata is updated, and a partner's odd number is still
/// the same as the same odd caller's. One that is possible only inside its area ("555-0101" in US)
/// is no key, as it is another line in the next town.
///
/// Reads also "tel:+49-30-555;ext=101" and "+49 (30) 555-0000 x101" (the extension is dropped),
/// "sip:+4930555@host" (its user), "0049...", "1-800-FLOWERS", and full-width digits.
class reader {
 public:
  /// Remembers `cached` answers (at least 64) or a few more, at about 120 bytes each; the memory is
  /// used as numbers come. Most numbers are understood faster than remembered and take no place.
  explicit reader(std::size_t cached = 1 << 16);
  ~reader();
  reader(reader&&) noexcept;
  reader& operator=(reader&&) noexcept;

  /// `region`: two capital letters, how numbers without a country code are read; "" for none: then
  /// they are no keys.
  std::optional<e164> read(std::string_view text, std::string_view region);

  struct counters {
    /// Understood at once (most numbers), remembered, and asked of libphonenumber.
    std::uint64_t quick = 0, hits = 0, misses = 0;
  };
  counters count() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::numbers
