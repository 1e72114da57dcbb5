#pragma once
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

namespace calluna::numbers {

/// The last answers to texts (and the region they were read by), in a table of fixed size: two
/// places for each hash, the older of both gives way. Memory is touched as answers come. Longer
/// texts than real numbers have are not kept. One thread.
template <class Answer>
class answer_cache {
  static_assert(std::is_trivially_copyable_v<Answer> && sizeof(Answer) <= 16);

 public:
  /// `wanted` answers, at least 64; a power of two is taken.
  explicit answer_cache(std::size_t wanted) {
    std::size_t count = 64;
    while (count < wanted && count < (std::size_t(1) << 24)) count *= 2;
    mask_ = count / 2 - 1;
    // calloc's pages are the system's zero page until they are written.
    slots_.reset(static_cast<bucket*>(std::calloc(count / 2, sizeof(bucket))));
    if (!slots_) throw std::bad_alloc();
  }

  /// Valid until the next `put`; null if there is none.
  Answer const* find(std::string_view text, std::string_view region) const noexcept {
    if (!fits(text, region)) return nullptr;
    auto const h = hash(text, region);
    for (auto const& each : slots_[h & mask_])
      if (each.is(h, text, region)) return &each.answer;
    return nullptr;
  }

  void put(std::string_view text, std::string_view region, Answer const& answer) noexcept {
    if (!fits(text, region)) return;
    auto const h = hash(text, region);
    auto& both = slots_[h & mask_];
    both[1] = both[0];
    both[0].set(h, text, region, answer);
  }

 private:
  struct slot {
    std::uint32_t tag;  // the hash's upper half
    std::uint8_t used;
    std::uint8_t text_size, region_size;
    char region[3];
    char text[38];
    Answer answer;

    static std::uint32_t tag_of(std::size_t h) noexcept {
      return static_cast<std::uint32_t>(h >> 32);
    }
    bool is(std::size_t h, std::string_view t, std::string_view r) const noexcept {
      return tag == tag_of(h) && used != 0 && t == std::string_view(text, text_size) &&
             r == std::string_view(region, region_size);
    }
    void set(std::size_t h, std::string_view t, std::string_view r, Answer const& a) noexcept {
      tag = tag_of(h);
      used = 1;
      text_size = static_cast<std::uint8_t>(t.size());
      region_size = static_cast<std::uint8_t>(r.size());
      std::memcpy(text, t.data(), t.size());
      std::memcpy(region, r.data(), r.size());
      answer = a;
    }
  };
  using bucket = std::array<slot, 2>;
  struct release {
    void operator()(bucket* b) const noexcept { std::free(b); }
  };

  static bool fits(std::string_view text, std::string_view region) noexcept {
    return text.size() <= sizeof slot::text && region.size() <= sizeof slot::region;
  }
  static std::size_t hash(std::string_view text, std::string_view region) noexcept {
    std::size_t place = 0;
    for (char const c : region) place = place * 256 + static_cast<unsigned char>(c);
    return std::hash<std::string_view>()(text) ^ (place * 0x9e3779b97f4a7c15u);
  }

  std::size_t mask_;
  std::unique_ptr<bucket[], release> slots_;
};

}  // namespace calluna::numbers
