The key of the safe can be shared on printed sheets, any m of n give it back, in the browser and with `megalis keygen --shares`, `--join` and `megalis open --shares`.
