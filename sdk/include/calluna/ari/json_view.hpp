#pragma once
#include <string_view>

namespace calluna::ari {

/// A JSON object that is read where it stands: a member is found by scanning, nothing is decoded
/// before it is asked for. A view: the text must outlive it. Meant for what Asterisk sent;
/// validates nothing it passes over.
class json_view {
 public:
  enum class kind { none, text, object, array, scalar };
  struct value {
    json_view::kind kind = kind::none;
    /// Of a text its raw contents (escapes not undone); of anything else its JSON text.
    std::string_view raw;
  };

  explicit json_view(std::string_view object) noexcept : object_(object) {}
  /// The member called `key` of this object; kind `none` if there is none.
  value find(std::string_view key) const noexcept;
  std::string_view text() const noexcept { return object_; }

 private:
  std::string_view object_;
};

}  // namespace calluna::ari
