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
  /// The rows' numbers, until they are indexed.
  struct numbered_row {
    std::uint64_t number;
    std::uint32_t row;
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
    keys_.assign(wanted, 0);
    rows_.assign(wanted, 0);
    for (auto const& one : waiting_) {
      auto slot = slot_of(one.number);
      while (keys_[slot] != 0) slot = (slot + 1) & (wanted - 1);
      keys_[slot] = one.number;
      rows_[slot] = one.row;
    }
    numbers_ = waiting_.size();
    waiting_ = std::vector<numbered_row>{};
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
    auto const mask = keys_.size() - 1;
    for (auto slot = slot_of(number); keys_[slot] != 0; slot = (slot + 1) & mask)
      if (keys_[slot] == number) with(rows_[slot]);
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
    for (std::size_t slot = 0; slot < keys_.size(); ++slot)
      if (keys_[slot] != 0) with(keys_[slot], rows_[slot]);
  }

  std::uint32_t rows() const noexcept { return static_cast<std::uint32_t>(ends_.size()); }
  record at(std::uint32_t row) const noexcept {
    auto const begin = row == 0 ? 0 : ends_[row - 1];
    return record(std::string_view(text_).substr(begin, ends_[row] - begin));
  }
  std::size_t number_count() const noexcept { return numbers_; }
  std::size_t index_bytes() const noexcept {
    return keys_.size() * (sizeof keys_[0] + sizeof rows_[0]) + ids_.size() * sizeof ids_[0] +
           ends_.size() * sizeof ends_[0];
  }
  std::size_t text_bytes() const noexcept { return text_.size(); }

 private:
  std::size_t slot_of(std::uint64_t number) const noexcept {
    return static_cast<std::size_t>((number * 0x9e3779b97f4a7c15U) >> shift_);
  }
  std::size_t id_slot(std::string_view id) const noexcept {
    return std::hash<std::string_view>{}(id) & (ids_.size() - 1);
  }

  std::string text_;
  std::vector<std::uint64_t> ends_;  // of each row in text_
  // Open addressing; a number that several partners have stands there several times.
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> rows_;
  unsigned shift_ = 60;
  std::size_t numbers_ = 0;
  std::vector<std::uint32_t> ids_;  // row + 1
  std::vector<numbered_row> waiting_;
};

}  // namespace calluna::directory
