{#- An expression is true in every row; null counts as false. expression: a condition over the model's columns -#}
{% test holds(model, expression) %}

select *
from {{ model }}
where not coalesce({{ expression }}, false)

{% endtest %}
