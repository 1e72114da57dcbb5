#pragma once
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

namespace calluna::numbers {

/// The last answers to texts (and the region they were read by), in a table of fixed size: a few
/// places for each hash, of which the oldest gives way. Memory is touched as answers come. Longer
/// texts than real numbers have are not kept. One thread.
template <class Answer>
class answer_cache {
  static_assert(std::is_trivially_copyable_v<Answer> && sizeof(Answer) <= 16);

 public:
  /// `wanted` answers, at least 64; a power of two is taken.
  explicit answer_cache(std::size_t wanted) {
    std::size_t count = 64 / kept;
    while (count * kept < wanted && count < (std::size_t(1) << 24)) count *= 2;
    mask_ = count - 1;
    // calloc's pages are the system's zero page until they are written.
    sets_.reset(static_cast<set*>(std::calloc(count, sizeof(set))));
    if (!sets_) throw std::bad_alloc();
  }

  /// Valid until the next `put`; null if there is none.
  Answer const* find(std::string_view text, std::string_view region) const noexcept {
    if (!fits(text, region)) return nullptr;
    auto const h = hash(text, region);
    auto const& in = sets_[h & mask_];
    auto const tag = tag_of(h);
    for (std::size_t i = 0; i < ways; ++i)
      if (in.tags[i] == tag && in.places[i].is(text, region)) return &in.places[i].answer;
    return nullptr;
  }

  /// Of a text that `find` does not find.
  void put(std::string_view text, std::string_view region, Answer const& answer) noexcept {
    if (!fits(text, region)) return;
    auto const h = hash(text, region);
    auto& in = sets_[h & mask_];
    auto const oldest = in.oldest;
    in.oldest = (oldest + 1) % ways;
    in.tags[oldest] = tag_of(h);
    in.places[oldest].set(text, region, answer);
  }

 private:
  // Half of them stay free on average, so that few sets overflow before the table is full: a
  // forgotten answer costs as much as a hundred remembered ones.
  static constexpr std::uint32_t ways = 8, kept = 4;

  struct place {
    Answer answer;
    std::uint8_t text_size, region_size;
    char region[3];
    char text[35];

    bool is(std::string_view t, std::string_view r) const noexcept {
      return t == std::string_view(text, text_size) && r == std::string_view(region, region_size);
    }
    void set(std::string_view t, std::string_view r, Answer const& a) noexcept {
      answer = a;
      text_size = static_cast<std::uint8_t>(t.size());
      region_size = static_cast<std::uint8_t>(r.size());
      t.copy(text, sizeof text);
      r.copy(region, sizeof region);
    }
  };
  struct set {
    std::uint32_t tags[ways];  // the hash's upper half; 0: nothing there
    std::uint32_t oldest;
    place places[ways];
  };
  struct release {
    void operator()(set* s) const noexcept { std::free(s); }
  };

  static bool fits(std::string_view text, std::string_view region) noexcept {
    return text.size() <= sizeof place::text && region.size() <= sizeof place::region;
  }
  static std::uint32_t tag_of(std::size_t h) noexcept {
    return static_cast<std::uint32_t>(h >> 32) | 1u;
  }
  static std::size_t hash(std::string_view text, std::string_view region) noexcept {
    std::size_t number = 0;
    for (char const c : region) number = number * 256 + static_cast<unsigned char>(c);
    return std::hash<std::string_view>()(text) ^ (number * 0x9e3779b97f4a7c15u);
  }

  std::size_t mask_;
  std::unique_ptr<set[], release> sets_;
};

}  // namespace calluna::numbers
