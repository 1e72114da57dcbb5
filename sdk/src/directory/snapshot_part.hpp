#pragma once
#include <calluna/directory/snapshot.hpp>

#include <bit>
#include <functional>
#include <optional>
#include <string>

namespace calluna::directory {

/// Partners in rows, with an index of numbers and one of ids. Immutable once indexed.
class snapshot::part {
 public:
  struct numbered_row {
    std::uint64_t number = 0;
    std::uint32_t row = 0;
  };

  void add(std::string_view record, std::vector<calluna::numbers::e164> const& numbers) {
    auto const row = rows();
    text_ += record;
    ends_.push_back(text_.size());
    for (auto const& number : numbers) add_number(row, number.digits);
  }
  void add_number(std::uint32_t row, std::uint64_t digits) { waiting_.push_back({digits, row}); }

  /// After the last `add`.
  void make_index() {
    auto const wanted = std::bit_ceil(std::max<std::size_t>(16, waiting_.size() * 3 / 2));
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(wanted));
    slots_.assign(wanted, {});
    for (auto const& one : waiting_) put_number(one);
    waiting_ = std::vector<numbered_row>{};
    if (text_.capacity() - text_.size() > text_.size() / 8) text_.shrink_to_fit();
    ends_.shrink_to_fit();
    ids_.assign(std::bit_ceil(std::max<std::size_t>(16, std::size_t{rows()} * 3 / 2)), 0);
    for (std::uint32_t row = 0; row < rows(); ++row) {
      auto slot = id_slot(at(row).id());
      while (ids_[slot] != 0) slot = (slot + 1) & (ids_.size() - 1);
      ids_[slot] = row + 1;
    }
  }

  template <class Call>
  void find(std::uint64_t number, Call&& with) const {
    if (numbers_ == 0 || number == 0) return;
    auto const mask = slots_.size() - 1;
    for (auto slot = slot_of(number); slots_[slot].number != 0; slot = (slot + 1) & mask)
      if (slots_[slot].number == number) with(slots_[slot].row);
  }
  std::optional<std::uint32_t> row_of(std::string_view id) const {
    if (ids_.empty()) return {};
    for (auto slot = id_slot(id); ids_[slot] != 0; slot = (slot + 1) & (ids_.size() - 1))
      if (at(ids_[slot] - 1).id() == id) return ids_[slot] - 1;
    return {};
  }
  /// Calls `with(digits, row)` for each number of each row.
  template <class Call>
  void for_each_number(Call&& with) const {
    for (auto const& one : slots_)
      if (one.number != 0) with(one.number, one.row);
  }

  std::uint32_t rows() const noexcept { return static_cast<std::uint32_t>(ends_.size()); }
  record at(std::uint32_t row) const noexcept {
    auto const begin = row == 0 ? 0 : ends_[row - 1];
    return record(std::string_view(text_).substr(begin, ends_[row] - begin));
  }
  std::size_t number_count() const noexcept { return numbers_; }
  std::size_t index_bytes() const noexcept {
    return slots_.size() * sizeof slots_[0] + ids_.size() * sizeof ids_[0] +
           ends_.size() * sizeof ends_[0];
  }
  std::size_t text_bytes() const noexcept { return text_.size(); }

 private:
  // A number that thousands share (somebody's "unknown") would make a chain that every look-up near
  // it walks along.
  void put_number(numbered_row const& one) {
    auto slot = slot_of(one.number);
    std::size_t same = 0;
    for (; slots_[slot].number != 0; slot = (slot + 1) & (slots_.size() - 1))
      if (slots_[slot].number == one.number && ++same == most_matches) return;
    slots_[slot] = one;
    ++numbers_;
  }
  std::size_t slot_of(std::uint64_t number) const noexcept {
    return static_cast<std::size_t>((number * 0x9e3779b97f4a7c15U) >> shift_);
  }
  std::size_t id_slot(std::string_view id) const noexcept {
    return std::hash<std::string_view>{}(id) & (ids_.size() - 1);
  }

  std::string text_;
  std::vector<std::uint64_t> ends_;  // of each row in text_
  // Open addressing; a number that several partners have stands there several times.
  std::vector<numbered_row> slots_;
  unsigned shift_ = 60;
  std::size_t numbers_ = 0;
  std::vector<std::uint32_t> ids_;  // row + 1
  std::vector<numbered_row> waiting_;
};

}  // namespace calluna::directory
