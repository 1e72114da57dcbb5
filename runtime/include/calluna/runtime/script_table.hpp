#pragma once
#include <calluna/agi/connection.hpp>
#include <calluna/bindings/agi_script.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime {

/// Takes calls of FastAGI to its handlers, by their numbers. On the IO thread.
class agi_receiver {
 public:
  virtual ~agi_receiver() = default;
  virtual void on_agi_call(std::uint32_t handler, std::shared_ptr<agi::connection> session) = 0;
};

/// Which app serves which path of FastAGI. Pure.
class script_table {
 public:
  struct place {
    std::string app;
    std::uint32_t handler;
    std::weak_ptr<agi_receiver> to;
  };

  /// One line for each of `scripts` that is another app's.
  std::vector<std::string> objections(std::string const& app,
                                      std::vector<bindings::agi_script> const& scripts) const;
  /// The app has these scripts, and no others any more.
  void set(std::string const& app, std::vector<bindings::agi_script> const& scripts,
           std::weak_ptr<agi_receiver> const& to);
  /// Null: nobody's.
  place const* find(std::string_view path) const noexcept;
  std::map<std::string, place, std::less<>> const& all() const noexcept { return places_; }

 private:
  std::map<std::string, place, std::less<>> places_;
};

}  // namespace calluna::runtime
