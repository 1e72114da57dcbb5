#pragma once
#include <filesystem>
#include <string>

namespace calluna::integration {

/// A new private folder among the temporary files; gone with this object, unless it is to be kept.
class scratch {
 public:
  explicit scratch(std::string const& name);
  ~scratch() { remove(); }
  scratch(scratch const&) = delete;
  scratch& operator=(scratch const&) = delete;

  std::filesystem::path const& path() const noexcept { return path_; }
  /// Writes a file in it, readable only for us, and returns its path. Replaced as an editor does
  /// that saves safely: written beside, then renamed.
  std::filesystem::path write(std::string const& name, std::string const& text) const;
  void keep() noexcept { kept_ = true; }
  void remove();

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace calluna::integration
