#pragma once
#include <calluna/result.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::directory {

/// One telephone of a user.
struct device {
  /// As Asterisk dials it: "PJSIP/101".
  std::string channel;
  /// Where calls that it begins enter the dialplan; empty: the user's other devices', or the PBX's.
  std::string context;
  /// Rings when the user clicks to call.
  bool originate = true;
  /// The SIP header that makes it answer by itself ("Call-Info: answer-after=0"); empty: it rings.
  std::string auto_answer;

  friend bool operator==(device const&, device const&) = default;
};

/// Somebody who works here, with telephones. A plain value.
struct user {
  /// The key; by convention the login name.
  std::string id;
  std::string name;
  std::string extension;
  /// Where the extension and the devices are; empty: on the only PBX.
  std::string pbx;
  std::string email;
  /// The business system's key of the same person ("7").
  std::string external_id;
  std::string lang;
  /// In the order in which they are tried.
  std::vector<device> devices;

  friend bool operator==(user const&, user const&) = default;
};

/// All users at one moment. Immutable; any thread.
class user_list {
 public:
  user_list() = default;
  /// `problems` gets a line for each device, extension or key that two users of one PBX claim; the
  /// first keeps it, the other goes without.
  user_list(std::vector<user> users, std::vector<std::string>& problems);

  /// By its key, or by the business system's. Null if there is none.
  user const* get(std::string_view id) const;
  user const* by_extension(std::string_view pbx, std::string_view extension) const;
  /// By a channel's name: "PJSIP/a-b-0000001f" is of the device "PJSIP/a-b",
  /// "Local/101@agents-0000;2" of the device "Local/101@agents", or else of extension 101.
  user const* by_channel(std::string_view pbx, std::string_view channel_name) const;
  std::vector<user> const& all() const noexcept { return users_; }

 private:
  using place = std::pair<std::string, std::string>;  // extension or channel, and PBX
  using places = std::map<place, std::size_t>;
  static std::optional<std::size_t> owner_of(places const& in, std::string const& pbx,
                                             std::string const& what);
  user const* find(places const& in, std::string_view pbx, std::string_view what) const;

  std::vector<user> users_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  places by_extension_, by_device_;
};

/// The users of a runtime: those of its configuration, and those a business system tells. Any
/// thread.
class user_registry {
 public:
  /// Error `invalid`: two of them claim the same; a line for each.
  static result<std::shared_ptr<user_registry>> create(std::vector<user> configured);

  /// Changes with each new list.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<user_list const> current() const;

  /// What the business system tells takes the place of what it told before. Somebody with the same
  /// key or e-mail address as a configured user is that user: what the configuration leaves open is
  /// filled in. Returns a line for each conflict; configured users win, then earlier ones.
  std::vector<std::string> put(std::vector<user> told);

 private:
  explicit user_registry(std::vector<user> configured);
  std::vector<user> const configured_;
  mutable std::mutex mutex_;
  std::shared_ptr<user_list const> current_;
  std::atomic<std::uint64_t> version_{1};
};

/// The channels of the user's devices, in order.
std::vector<std::string> endpoints(user const& u);

}  // namespace calluna::directory
