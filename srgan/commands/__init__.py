"""The subcommands, one module each: `add(parser)` declares the arguments, `main(arguments)` runs the command."""
