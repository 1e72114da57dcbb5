#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace calluna::ami {

/// One AMI block as its text: `Key: value\r\n` lines without the closing empty line. Nothing is
/// decoded until it is asked for, because most events are asked for one field or none.
/// A view: the text must outlive it. Values may hold a bare LF (some Asterisk errors do).
class message_view {
 public:
  message_view() = default;
  explicit message_view(std::string_view text) noexcept : text_(text) {}

  std::string_view text() const noexcept { return text_; }
  /// The value of the first header called `key` (ASCII case ignored), exactly as sent; nothing if
  /// there is none.
  std::optional<std::string_view> find(std::string_view key) const noexcept;
  /// As `find`, "" if there is none.
  std::string_view get(std::string_view key) const noexcept;
  /// The event's name if this is an event, else "". Cheap: `Event:` is the first line of an event.
  std::string_view event() const noexcept;

  /// Calls `visit(key, value)` for each line in order, repeated keys included.
  template <class Visit>
  void for_each(Visit&& visit) const;

  /// One line at `at`, which moves behind it: {key, value}; false at the end. The loop under
  /// `for_each`.
  bool next(std::size_t& at, std::string_view& key, std::string_view& value) const noexcept;

 private:
  std::string_view text_;
};

/// A message that keeps its text alive. Immutable; may be shared between threads.
class message {
 public:
  message() = default;
  message(std::shared_ptr<void const> owner, message_view view)
      : owner_(std::move(owner)), view_(view) {}
  /// Copies `text`.
  static message copy_of(std::string_view text);

  message_view const& operator*() const noexcept { return view_; }
  message_view const* operator->() const noexcept { return &view_; }

 private:
  std::shared_ptr<void const> owner_;
  message_view view_;
};

/// Undoes the C-style escaping that Asterisk applies to CallerIDName, ConnectedLineName (with any
/// prefix) and the Value of VarSet; all other values arrive raw. See `is_escaped`.
std::string unescape(std::string_view value);
/// Whether Asterisk escapes the value of `key` in an event called `event`.
bool is_escaped(std::string_view event, std::string_view key) noexcept;

template <class Visit>
void message_view::for_each(Visit&& visit) const {
  std::string_view key, value;
  for (std::size_t at = 0; next(at, key, value);) visit(key, value);
}

}  // namespace calluna::ami
