#pragma once
#include <calluna/ami/client.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace calluna::ami {

/// What the session itself waits for; `none` for an action of the client's user.
enum class own_purpose : std::uint8_t { none, challenge, login, events, filter, probe, ping };

/// An action that was submitted and is not settled.
struct pending_action {
  action_id id = 0;
  unique_function<void(result<response>)> done;
  std::chrono::steady_clock::time_point deadline;
  std::chrono::milliseconds timeout{};
  /// Where its bytes begin in all that the session ever wrote.
  std::uint64_t written_at = 0;
  std::string name;
  own_purpose purpose = own_purpose::none;
  bool list = false;
  bool safe = false;
  /// The head of a list is here, its items follow.
  bool started = false;
  /// That head said `EventList: start`; versions before 12 do not, their lists end by name.
  bool marked = false;
  /// Nobody waits any more: the entry stays to keep the items of a late list away from the events.
  bool abandoned = false;
  response answer;
  std::size_t item_bytes = 0;
};

/// The pending actions of one connection by id: open addressing over dense storage, because a
/// hundred thousand come and go each second and no allocation should.
class pending_table {
 public:
  pending_table();
  /// The entry must not be there yet. The reference holds until the next `add` or `erase`.
  pending_action& add(action_id id);
  /// Null if there is none. Holds until the next `add` or `erase`.
  pending_action* find(action_id id) noexcept;
  void erase(action_id id) noexcept;
  std::size_t size() const noexcept { return entries_.size(); }
  /// All, in no order; may be changed but not added to or erased from meanwhile.
  std::vector<pending_action>& entries() noexcept { return entries_; }
  void clear() noexcept;

 private:
  static constexpr std::uint32_t empty = std::numeric_limits<std::uint32_t>::max();
  std::size_t home(action_id id) const noexcept { return id & (slots_.size() - 1); }
  std::size_t slot_of(action_id id) const noexcept;
  void close_gap(std::size_t gap) noexcept;
  void grow();

  std::vector<std::uint32_t> slots_;  ///< index into `entries_`; the size is a power of two
  std::vector<pending_action> entries_;
};

}  // namespace calluna::ami
