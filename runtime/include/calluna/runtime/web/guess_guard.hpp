#pragma once
#include <calluna/clock.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calluna::runtime::web {

/// Notices who tries wrong tokens. After `tolerated` wrong ones each further one is
/// answered with 429 for a while, which doubles from `first_pause` up to `longest_pause`. A right
/// token is let through also then: a guess at 256 bits never succeeds, while behind the same
/// address there may be colleagues of whoever has an old token in his browser.
/// The table is bounded; who has been silent for longest is forgotten first.
class guess_guard {
 public:
  static constexpr unsigned tolerated = 10;
  static constexpr auto first_pause = std::chrono::seconds(5);
  static constexpr auto longest_pause = std::chrono::minutes(15);
  /// Who has been silent for so long begins anew.
  static constexpr auto forgotten_after = std::chrono::minutes(30);
  static constexpr std::size_t most_addresses = 4096;

  /// What a wrong token from `who` is answered with: zero is 401, otherwise 429 and this is how
  /// long to wait. Wrong ones inside a pause do not make it longer.
  std::chrono::seconds wrong(std::string_view who, clock::time_point now);
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    std::string who;
    unsigned wrong = 0;
    std::chrono::seconds pause{0};
    clock::time_point until{};
    clock::time_point last{};
  };
  std::list<entry> entries_;  // the last heard of in front
  std::unordered_map<std::string_view, std::list<entry>::iterator> index_;
};

}  // namespace calluna::runtime::web
