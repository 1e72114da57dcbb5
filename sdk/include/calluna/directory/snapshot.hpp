#pragma once
#include <calluna/directory/record.hpp>
#include <calluna/numbers/e164.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace calluna::directory {

/// All partners at one moment, by number and by id. Immutable; any thread. What `find` and `get`
/// give out lives as long as the snapshot.
///
/// It has a large part, which a change does not touch, and a small one, with what has changed
/// since: a change copies the small one. When that has grown, both become a new large part.
class snapshot {
 public:
  snapshot();
  ~snapshot();

  /// Calls `with(record)` for each partner that has the number.
  template <class Call>
  void find(numbers::e164 number, Call&& with) const {
    std::uint32_t rows[most_matches];
    std::size_t const count = find_rows(number, rows);
    for (std::size_t i = 0; i < count; ++i) with(at(rows[i]));
  }
  /// The partner with that id; empty bytes if there is none.
  record get(std::string_view id) const;
  /// Calls `with(record)` for each partner, in no order.
  template <class Call>
  void for_each(Call&& with) const {
    for (std::uint32_t row = 0; row < rows(); ++row)
      if (is_there(row)) with(at(row));
  }

  /// Whether both have the same large part: then one of them costs little beside the other.
  bool shares_most_with(snapshot const& other) const noexcept { return large_ == other.large_; }

  std::size_t partners() const noexcept;
  std::size_t numbers() const noexcept;
  /// Memory for finding partners, and for their own text.
  std::size_t index_bytes() const noexcept;
  std::size_t text_bytes() const noexcept;

  /// More partners than these share no number that means anything; the rest is left out.
  static constexpr std::size_t most_matches = 64;

  class part;

 private:
  friend class snapshot_builder;
  snapshot(std::shared_ptr<part const> large, std::shared_ptr<part const> small,
           std::vector<bool> hidden);

  std::size_t find_rows(numbers::e164 number, std::uint32_t* rows) const;
  // Rows of the large part, then those of the small one.
  std::uint32_t rows() const noexcept;
  bool is_there(std::uint32_t row) const noexcept;
  record at(std::uint32_t row) const noexcept;

  std::shared_ptr<part const> large_, small_;
  std::vector<bool> hidden_;  // rows of the large part that are changed or gone
  std::size_t hidden_count_ = 0;
};

/// Makes snapshots. One thread.
class snapshot_builder {
 public:
  /// From nothing.
  snapshot_builder();
  /// From what is there.
  explicit snapshot_builder(std::shared_ptr<snapshot const> const& before);
  ~snapshot_builder();

  /// Adds a partner, or puts it in the place of the one with its id. From nothing, ids must be
  /// unique: this is not checked, so that loading a million is quick.
  void put(std::string_view record, std::vector<numbers::e164> const& numbers);
  /// Whether there was one with that id.
  bool remove(std::string_view id);

  std::shared_ptr<snapshot const> finish();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace calluna::directory
