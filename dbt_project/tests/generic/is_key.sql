{#- No row lacks a part of the key, and no two rows share it. columns: the key's columns -#}
{% test is_key(model, columns) %}

select {{ columns | join(', ') }}, count(*) as rows_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}

{% endtest %}
