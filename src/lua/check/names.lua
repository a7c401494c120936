-- Asked by the checker: which of these names ("file_ops.copy") there are not, and what there is beside them.
local pcall, type, next, pairs, getmetatable, string = pcall, type, next, pairs, getmetatable, string
local libraries = { [_G] = true, [string] = true, [table] = true, [math] = true, [utf8] = true, [coroutine] = true, [debug] = true }

local function field(of, name)
  return of[name]
end

-- nil: it is there, or nobody can tell; else the names that are.
local function missing(path)
  local here = _G
  for name in string.gmatch(path, "[^.]+") do
    if not libraries[here] and getmetatable(here) ~= "module" then
      return nil
    end
    local ok, value = pcall(field, here, name)
    if not ok or value == nil then
      local known = {}
      for other in pairs(here) do
        known[#known + 1] = type(other) == "string" and other or nil
      end
      return known
    end
    if type(value) ~= "table" then
      return nil
    end
    here = value
  end
  return nil
end

return function(paths)
  local said = {}
  for _, path in next, paths do
    said[path] = missing(path)
  end
  return said
end
